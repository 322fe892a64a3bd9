"""The training worker as a program.

    python -m scalequest_assets.engines.training --job job.json
    accelerate launch --multi_gpu -m scalequest_assets.engines.training --job job.json

Dagster launches it without `--job`: the job then comes through Dagster Pipes, and progress goes back that way.
"""

import gc

gc.disable()  # nothing of four thousand modules is garbage: to look for it takes a seventh of the time to import them

from scalequest_assets.engines.training.worker import main  # noqa: E402

gc.freeze()  # else Python goes through all that was imported once more at its end, which takes 3 s
gc.enable()
main()
