#!/bin/sh
# Makes the small pictures of pictures.json and their red, green and blue bytes, with ImageMagick; each is kept in base64.
set -e
convert -size 24x16 gradient:red-blue -fill green -draw "rectangle 3,4 12,9" drawing.ppm
convert drawing.ppm -quality 92 -sampling-factor 1x1 baseline.jpg
convert drawing.ppm -interlace JPEG -quality 92 -sampling-factor 1x1 progressive.jpg
convert drawing.ppm -colorspace Gray -quality 92 gray.jpg
convert drawing.ppm -colorspace CMYK -quality 92 cmyk.jpg
convert drawing.ppm -resize 6x4! -depth 8 -define png:color-type=2 -interlace PNG interlaced.png
convert drawing.ppm -resize 6x4! -define png:bit-depth=16 -depth 16 -define png:color-type=2 deep.png
convert drawing.ppm -resize 6x4! -colors 4 -type Palette palette.png
for file in *.jpg *.png; do convert "$file" -depth 8 "rgb:$file.rgb"; done
# { "<name>": { "file": <base64>, "pixels": <base64> } }; the pixels of cmyk.jpg are left out.
for file in *.jpg *.png; do
  printf '"%s": {"file": "%s", "pixels": "%s"}\n' "${file%.*}" "$(base64 -w0 "$file")" "$(base64 -w0 "$file.rgb")"
done
