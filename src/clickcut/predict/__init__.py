"""From a click to a mask: zoom-in, cascade, predictor and session, the same for every network.

Only ``Scene`` (its cache) and ``Session`` (its history) change; everything else here is a frozen value.
"""
