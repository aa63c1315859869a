"""tilth: find what is wrong with a dataset, edit it, and prove that it got better."""
