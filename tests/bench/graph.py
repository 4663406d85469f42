# Draws ten lines at 1200x600 with matplotlib for each line that it reads.
import datetime
import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

folder = sys.argv[1]
lines = json.load(open(folder + "/data.json"))
times = [datetime.datetime.fromtimestamp(1795000000 + 10 * n) for n in range(len(lines[0]))]

for _ in sys.stdin:
    figure, axes = plt.subplots(figsize=(12, 6), dpi=100)
    for number, line in enumerate(lines):
        label = f"cms-{number}  {line[-1]:.3f}  {min(line):.3f}  {max(line):.3f}"
        axes.plot(times, line, linewidth=1.5, label=label)
    axes.set_title("cms latency")
    axes.set_ylabel("s")
    axes.grid(True)
    axes.legend(loc="upper left")
    figure.savefig(folder + "/matplotlib.png")
    plt.close(figure)
    print("OK", flush=True)
