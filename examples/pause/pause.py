"""From nothing to a figure of New York with and without PAUSE: pause.py [FOLDER] [SCALE]"""
import sys

import throng
import throng.plot

folder = sys.argv[1] if len(sys.argv) > 1 else "runs/pause"
scale = float(sys.argv[2]) if len(sys.argv) > 2 else 0.1
scenarios = {"PAUSE": "scenarios/nyc/nyc_2020_full.toml", "no PAUSE": "scenarios/nyc/counterfactuals/no_pause.toml"}
runs = [throng.run(file, f"{folder}/{name}", population__scale=scale, overwrite=True) for name, file in scenarios.items()]
for name, run in zip(scenarios, runs):
    print(f"{name}: {int(run['infections'].sum()):,} infections, {int(run['deaths'].sum()):,} deaths")
figure = throng.plot.curves(runs, ["infections", "deaths", "hospital_beds", "unemployed"], list(scenarios))
throng.plot.save(figure, f"{folder}/pause.svg")
