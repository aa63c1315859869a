"""The models the study hands to tilth, as a user's own file would."""

from __future__ import annotations

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler


def reviews(seed: int) -> Pipeline:
    """Bag of words with a linear support vector machine: no probabilities."""
    return Pipeline(
        [
            ("counts", CountVectorizer()),
            ("tfidf", TfidfTransformer()),
            ("classifier", SGDClassifier(random_state=seed)),
        ]
    )


def evaluation(seed: int) -> MLPClassifier:
    """A small neural network with early stopping."""
    return MLPClassifier(early_stopping=True, random_state=seed)


def _strings() -> make_column_selector:
    return make_column_selector(dtype_exclude="number")


def boosted(seed: int) -> Pipeline:
    """Boosted trees over numbers and ordinal-coded strings."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(
        make_column_transformer((encoder, _strings()), remainder="passthrough"),
        HistGradientBoostingClassifier(random_state=seed),
    )


def logistic(seed: int) -> Pipeline:
    """Logistic regression over scaled numbers and one-hot strings."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    strings = OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(
        make_column_transformer(
            (numbers, make_column_selector(dtype_include="number")), (strings, _strings())
        ),
        LogisticRegression(max_iter=1000, random_state=seed),
    )


def logistic_no_dates(seed: int) -> Pipeline:
    """The same on the numbers alone."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return make_pipeline(
        make_column_transformer((numbers, make_column_selector(dtype_include="number"))),
        LogisticRegression(max_iter=1000, random_state=seed),
    )
