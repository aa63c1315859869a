"""Make reviews.csv, reviews_test.csv and truth.csv, here: short texts, a part scraped badly.

The texts are put together from phrases at random, so this is a toy. What went wrong is not:
the reviews of one site came with their HTML, and its stars had been read the wrong way round.
"""

import numpy as np
import pandas as pd

rng = np.random.default_rng(3)
OPENINGS = (
    "I bought this for my sister and", "After two weeks of use", "To be honest,", "All in all,",
    "My first impression was mixed, but", "For the price,", "Compared with the old one,",
    "I read the other reviews, and", "It came in a plain box and", "As a present",
)  # fmt: skip
GOOD = (
    "it works exactly as described", "I would buy it again", "the quality surprised me",
    "it is sturdy and easy to clean", "the battery lasts for days", "support answered at once",
    "it fits perfectly", "everyone in the family loves it", "it was worth every penny",
)  # fmt: skip
BAD = (
    "it broke on the third day", "I want my money back", "the colour came off",
    "it arrived late and damaged", "the battery dies within an hour", "support never answered",
    "it does not fit at all", "nobody here wants to use it", "it was a waste of money",
)  # fmt: skip
NEUTRAL = (
    "it is blue", "the manual has forty pages", "delivery took four days", "it weighs two pounds",
    "I keep it in the kitchen", "the box had a handle", "it replaces an older model",
    "there are three buttons", "the cable is one metre long", "it comes in two sizes",
)  # fmt: skip


def review(label: str) -> str:
    """Say three things that mostly go with the label, and two that have nothing to do with it."""
    own, other = (GOOD, BAD) if label == "good" else (BAD, GOOD)
    n_own = rng.binomial(3, 0.8)
    said = [
        *rng.choice(own, n_own, replace=False),
        *rng.choice(other, 3 - n_own, replace=False),
        *rng.choice(NEUTRAL, 2, replace=False),
    ]
    rng.shuffle(said)
    return f"{rng.choice(OPENINGS)} {', '.join(said)}."


def reviews(n: int) -> pd.DataFrame:
    """Return `n` reviews, no two the same."""
    made: dict[str, str] = {}
    while len(made) < n:
        label = str(rng.choice(["good", "bad"]))
        made[review(label)] = label
    return pd.DataFrame({"review": made.keys(), "label": made.values()})


table = reviews(1600)
train, test = table[:1200].copy(), table[1200:]
train["label"].to_csv("truth.csv", index=False)  # what a person would answer
scraped = rng.random(len(train)) < 0.4
train.loc[scraped, "review"] = [f"<p>{text}</p><br />" for text in train["review"][scraped]]
swap = {"good": "bad", "bad": "good"}
train.loc[scraped, "label"] = train["label"][scraped].map(swap)
train.to_csv("reviews.csv", index=False)
test.to_csv("reviews_test.csv", index=False)
print(f"reviews.csv: {len(train)} rows, {scraped.sum()} of them scraped badly")
print(f"reviews_test.csv: {len(test)} rows")
