"""Write an audit to one HTML file that needs no network, and the same without quoting the data."""

from pathlib import Path

from sklearn.datasets import load_wine

import tilth

table = load_wine(as_frame=True).frame
table.loc[178] = table.loc[0]
audit = tilth.audit(
    tilth.read(table, label="target"), select=["exact_duplicates", "outliers"]
)
tilth.write_report(audit, "report.html")
tilth.write_report(audit, "redacted.html", redacted=True)
for name in ("report.html", "redacted.html"):
    print(f"{name}: {Path(name).stat().st_size / 1000:.0f} KB")
