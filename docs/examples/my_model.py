"""The model of the tutorial: anything with fit and predict will do."""

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def make(seed: int = 0):
    numbers = make_column_selector(dtype_include="number")
    columns = make_column_transformer(
        (StandardScaler(), numbers),
        (OneHotEncoder(handle_unknown="ignore"), ["lab"]),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=1000, random_state=seed))
