"""Make boxes.json and found.json, here: boxes around things in pictures, and what a detector sees.

There are no pictures: places are drawn by lot, and the detector sees most of them a little
displaced, some not at all, and now and then something that is not there. What went wrong is
what goes wrong when people draw boxes: objects left out, drawn in the wrong place, drawn
twice, and called by the wrong name.
"""

import json
from pathlib import Path

import numpy as np

rng = np.random.default_rng(7)
NAMES = ["bolt", "nut", "washer"]
images, boxes, found = [], [], []
for number in range(1, 201):
    images.append(
        {"id": number, "file_name": f"tray-{number:03}.jpg", "width": 640, "height": 480}
    )
    cells = rng.permutation(12)[: rng.integers(1, 5)]
    for cell in cells:
        size = rng.uniform(60, 120, 2)
        corner = np.array([cell % 4, cell // 4]) * 160 + rng.uniform(0, 160 - size)
        box = [round(v, 1) for v in (*corner, *size)]
        kind = int(rng.integers(1, 4))
        boxes.append(
            {"id": len(boxes) + 1, "image_id": number, "category_id": kind, "bbox": box}
        )
        if rng.random() < 0.98:
            near = np.array(box) + rng.normal(0, 4, 4)
            found.append((number, kind, near, rng.uniform(0.5, 1.0)))
    if rng.random() < 0.3:
        found.append((number, 1, rng.uniform(50, 150, 4), rng.uniform(0.05, 0.4)))

chosen = rng.choice(len(boxes), 16, replace=False).tolist()
for i in chosen[:4]:
    boxes[i]["bbox"][0] += 60
for i in chosen[4:8]:
    boxes[i]["category_id"] = boxes[i]["category_id"] % 3 + 1
again = [boxes[i] | {"id": len(boxes) + n} for n, i in enumerate(chosen[8:12], start=1)]
left_out = {boxes[i]["id"] for i in chosen[12:]}
document = {
    "images": images,
    "annotations": [box for box in boxes + again if box["id"] not in left_out],
    "categories": [{"id": i, "name": name} for i, name in enumerate(NAMES, start=1)],
}
results = [
    {
        "image_id": image,
        "category_id": kind,
        "bbox": [round(float(v), 1) for v in place],
        "score": round(float(score), 3),
    }
    for image, kind, place, score in found
]
Path("boxes.json").write_text(json.dumps(document))
Path("found.json").write_text(json.dumps(results))
print(f"boxes.json: {len(images)} images, {len(document['annotations'])} boxes")
print("planted: 4 in the wrong place, 4 of the wrong class, 4 drawn twice, 4 left out")
