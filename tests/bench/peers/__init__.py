"""Other people's ways to the same end. Each file needs numpy and the library it is about, nothing of ours.

Every function takes the path of a data set written by `tests.bench.data_sets.DataSet.write`, the number of
territories `k` and a seed, and returns ``{"label", "seconds"}`` and, where there is more to say,
``"note"``; reading and importing is not counted.
"""
