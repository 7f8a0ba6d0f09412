#!/bin/sh
# Joins folders of frames into one video, in the order given; the same frames always make the same bytes.
#
#   sh merge.sh OUTPUT LIST [FRAMES_PER_SECOND]     (LIST: a file that names one folder a line)
set -eu

if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  echo 'Usage: sh merge.sh OUTPUT LIST [FRAMES_PER_SECOND]' >&2
  exit 2
fi
output=$1 list=$2 rate=${3:-24}
if ! command -v ffmpeg >/dev/null; then
  echo 'merge.sh needs ffmpeg: `apt-get install ffmpeg` or `brew install ffmpeg`.' >&2
  exit 1
fi

# A pipe hides that `cat` failed, and ffmpeg passes over an empty frame: so all are looked at first, and counted.
frames=0
while IFS= read -r folder; do
  for frame in "$folder"/frame_*.png; do
    if [ ! -r "$frame" ] || [ ! -s "$frame" ]; then
      echo "merge.sh: no frame to read: $frame" >&2
      exit 1
    fi
    frames=$((frames + 1))
  done
done <"$list"
if [ "$frames" -eq 0 ]; then
  echo "merge.sh: $list names no folder" >&2
  exit 1
fi

# One thread and no dates or versions in the file: the bytes depend on the frames alone. A damaged frame ends it.
while IFS= read -r folder; do
  cat "$folder"/frame_*.png
done <"$list" |
  ffmpeg -nostdin -y -loglevel error -xerror -err_detect explode \
    -f image2pipe -c:v png -framerate "$rate" -i - \
    -vf 'scale=out_color_matrix=bt709:out_range=tv' -pix_fmt yuv420p \
    -colorspace bt709 -color_primaries bt709 -color_trc bt709 \
    -c:v libx264 -preset medium -crf 18 -threads 1 \
    -map_metadata -1 -fflags +bitexact -flags:v +bitexact -movflags +faststart "$output"
echo "$frames frames at $rate per second"
