"""A model for texts: words and a linear classifier without probabilities."""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline


def make(seed: int = 0):
    return make_pipeline(TfidfVectorizer(), SGDClassifier(random_state=seed))
