#!/usr/bin/python3
"""Writes tests/data/linear_model.json: what scikit-learn makes of a small table (run once)."""
import json
import sys

import numpy as np
import sklearn
from sklearn.linear_model import Ridge
from sklearn.preprocessing import RobustScaler

random = np.random.RandomState(5)
rows = random.normal(size=(40, 6)) * [1, 10, 0.1, 3, 1, 1] + [0, 5, 2, -1, 0, 0]
rows[:, 4] = (rows[:, 4] > 0.5).astype(float)
rows[:, 5] = 7  # does not vary
rows[3, 1] = 400  # beyond the clip
targets = rows[:, 0] - 0.2 * rows[:, 1] + 4 * rows[:, 2] + random.normal(size=40)
weights = random.uniform(0.1, 2, size=40)
penalty = 1.5
scaled = np.clip(RobustScaler().fit_transform(rows), -4, 4)
model = Ridge(alpha=penalty, solver="cholesky").fit(scaled, targets, sample_weight=weights)
json.dump({"made_with": "scikit-learn " + sklearn.__version__, "rows": rows.tolist(),
           "targets": targets.tolist(), "row_weights": weights.tolist(), "penalty": penalty,
           "scaled": scaled.tolist(), "intercept": model.intercept_,
           "weights": model.coef_.tolist(), "predictions": model.predict(scaled).tolist()},
          sys.stdout)
