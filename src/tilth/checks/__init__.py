"""Questions asked of the data; one file each."""
