"""Ask a table what is wrong with it, and look at the answers as DataFrames."""

from sklearn.datasets import load_wine

import tilth

table = load_wine(as_frame=True).frame.rename(columns={"target": "cultivar"})
table.loc[3, "alcohol"] = 132.0  # a decimal point got lost
table.loc[10:15, "hue"] = -999.0  # not measured
table.loc[20, "cultivar"] = 2  # a wrong label
table.loc[178] = table.loc[0]  # entered twice

audit = tilth.audit(tilth.read(table, label="cultivar"))
print(audit)

print(audit["outliers"][["example_id", "column", "value"]].to_string())
print(audit["missing_values"][["key", "n_disguised", "disguised_as"]].to_string())
print(audit["label_errors"][["example_id", "given", "suggested", "p_error"]].to_string())
print(audit["exact_duplicates"][["key", "labels"]].to_string())
