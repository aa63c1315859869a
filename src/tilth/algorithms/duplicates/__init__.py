"""Duplicates: texts, table rows and images almost the same, beyond what chance makes alike."""

from tilth.algorithms.duplicates.clusters import clusters
from tilth.algorithms.duplicates.images import near_image_pairs
from tilth.algorithms.duplicates.numeric import near_numeric_pairs
from tilth.algorithms.duplicates.text import Pairs, near_text_pairs

__all__ = ["Pairs", "clusters", "near_image_pairs", "near_numeric_pairs", "near_text_pairs"]
