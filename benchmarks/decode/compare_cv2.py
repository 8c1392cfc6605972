"""Our pictures beside OpenCV's: mean, 99th percentile and largest difference of the 8-bit channels.

Usage: compare_cv2.py DECODE_BINARY FILE WIDTHxHEIGHT (needs numpy and opencv-python; every 100th frame is compared)
"""
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np

binary, file, size = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([binary, f"dump:{folder}", size, "1", file], check=True, stdout=subprocess.DEVNULL)
    ours = {int(path.stem): cv2.imread(str(path)) for path in pathlib.Path(folder).glob("*.ppm")}
video, number, differences = cv2.VideoCapture(file), 0, []
while True:
    more, frame = video.read()
    if not more:
        break
    if number in ours:
        height, width = ours[number].shape[:2]
        if (width, height) != (frame.shape[1], frame.shape[0]):
            frame = cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)
        differences.append(np.abs(frame.astype(np.int16) - ours[number].astype(np.int16)))
    number += 1
d = np.stack(differences)
print(f"{file} {size}: {len(d)} frames, mean {d.mean():.3f}, p99 {np.percentile(d, 99):.0f}, max {d.max()}")
