#!/usr/bin/env bash
# Tested with: dagster 1.13.27.
#
# Behaviour: an asset job whose selection leaves a check out (`AssetSelection.assets(...) - AssetSelection.checks(...)`)
# does not run it. The same job asked for a part of its assets (`asset_selection`, by which the UI launches one asset or
# partition, and `execute_in_process` takes one) runs it: the part is taken of the whole code location, with all checks of
# the assets that are asked for, not of the job. So a part of a job does more than the job.
#
# Output seen:
#   the whole job ran the checks: []
#   one asset of the job ran the checks: ['slow']
#
# Common guess: that a part of a job runs a part of what the job runs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dagster==1.13.27

cat >"$folder/show.py" <<'PYTHON'
import dagster as dg


@dg.asset
def questions() -> int:
    return 1


@dg.asset
def answers() -> int:
    return 2


@dg.asset_check(asset=questions)
def slow() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


left_out = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("questions"), "slow"))
job = dg.define_asset_job("without_slow", selection=dg.AssetSelection.assets("questions", "answers") - left_out)
resolved = dg.Definitions([questions, answers], asset_checks=[slow], jobs=[job]).resolve_job_def("without_slow")


def checks_of(**options):
    with dg.DagsterInstance.ephemeral() as instance:
        result = resolved.execute_in_process(instance=instance, **options)
    return [evaluation.check_name for evaluation in result.get_asset_check_evaluations()]


whole, part = checks_of(), checks_of(asset_selection=[dg.AssetKey("questions")])
print(f"the whole job ran the checks: {whole}")
print(f"one asset of the job ran the checks: {part}")
assert (whole, part) == ([], ["slow"]), (whole, part)
PYTHON
"$folder/venv/bin/python" "$folder/show.py" 2>/dev/null
