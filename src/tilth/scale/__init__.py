"""Where work on arrays runs: in memory, over chunks with bounded memory, by several workers."""
