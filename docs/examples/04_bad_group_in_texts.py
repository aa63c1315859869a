"""Find a group of texts whose labels contradict all others, and how they were given."""

import make_reviews  # noqa: F401 - writes reviews.csv and reviews_test.csv here

import tilth
from tilth.signals.predicates import Predicate, matches

data = tilth.read("reviews.csv", label="label")
audit = tilth.audit(data, select=["label_patterns", "text_problems"])
print(audit)

group = audit["label_patterns"].iloc[0]
print(f"\n{group['n']} examples where {group['key']}: {group['kind']}")
print(group["words"])

# The rule is data too: it finds the same group in any table with the column.
rule = Predicate.from_json(group["predicate"])
test = tilth.read("reviews_test.csv", label="label")
print(f"in the test set: {matches(rule, test.inputs).sum()} of {len(test)}")
