#!/bin/sh
# Prints so many lines of text, always the same ones: sh text.sh LINES
set -eu
case ${1-} in
  '' | *[!0-9]*)
    echo 'Usage: sh text.sh LINES' >&2
    exit 2
    ;;
esac
exec awk -v lines="$1" '
  # Below 2^31, so that every step is exact in the doubles that awk counts with.
  function draw(below) {
    seed = (seed * 16807) % 2147483647
    return seed % below
  }
  BEGIN {
    seed = 20240917
    count = split("the a long job walks its road past every milepost and night rain never takes back one mile that was done", words, " ")
    for (line = 1; line <= lines; line++) {
      left = draw(24)
      text = ""
      for (; left > 0; left--) text = text words[draw(count) + 1] (left > 1 ? " " : "")
      print text
    }
  }'
