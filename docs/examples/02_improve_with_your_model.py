"""Improve a table with a model of your own and read the proof. Takes half a minute."""

import make_clinic  # noqa: F401 - writes clinic.csv and clinic_test.csv here
from my_model import make

import tilth

data = tilth.read("clinic.csv", label="diagnosis", id="sample_id")
better = tilth.improve(data, test="clinic_test.csv", model=make, on_event=print)

proof = better.proof
print(proof)
print(f"{len(data)} examples before, {len(better.dataset)} after")
print(proof.slices[["slice", "n", "before", "after", "low", "high"]].to_string())

print("tried and not taken:")
for tried in better.tried:
    if tried.inner and not tried.accepted:
        print(f"  {tried.edits[-1]['remedy']:24} z = {tried.inner.z:+.1f}")
