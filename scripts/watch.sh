#!/bin/sh
# Watches one PROGRESS.txt by scp, for a machine without Node:  scripts/watch.sh gpu-1:/data/results/PROGRESS.txt [30]
# Shows it when it changes; ends with 0 on COMPLETE, 1 on FAILED, 5 on INTERRUPTED or STOPPED. Network faults are waited out.
[ $# -ge 1 ] || { echo "usage: $0 HOST:PATH/PROGRESS.txt [SECONDS]  (scp's options: SCP_OPTIONS)" >&2; exit 2; }
source=$1 seconds=${2:-30}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
touch "$dir/shown"
while :; do
  # Under another name first: a copy that broke off is never taken for the file.
  if scp -q -B $SCP_OPTIONS -- "$source" "$dir/new" 2>"$dir/error" && [ -s "$dir/new" ]; then
    mv "$dir/new" "$dir/progress"
    cmp -s "$dir/progress" "$dir/shown" || { date '+--- %H:%M:%S'; LC_ALL=C tr -d '\000-\010\013-\037\177' <"$dir/progress"; }
    cp "$dir/progress" "$dir/shown"
    grep -q COMPLETE "$dir/progress" && exit 0
    grep -q '^Status: FAILED' "$dir/progress" && exit 1
    grep -Eq '^Status: (INTERRUPTED|STOPPED)' "$dir/progress" && exit 5
  else
    echo "$(date '+%H:%M:%S') no answer: $(tail -n 1 "$dir/error")" >&2
  fi
  sleep "$seconds" & wait $!
done
