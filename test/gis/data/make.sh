#!/bin/sh
# Makes the small grids of test/gis/test_gdal.c anew (needs gdal-bin).
set -eu
cd "$(dirname "$0")"
export GDAL_PAM_ENABLED=NO
asc() { # west cells size values...
        printf 'ncols %s\nnrows 2\nxllcorner %s\nyllcorner 20\ncellsize %s\nNODATA_value -9999\n' "$2" "$1" "$3"
        shift 3
        printf '%s\n' "$@"
}
tif() { gdal_translate -q -of GTiff -ot Float32 "$@"; }
asc 110 3 1 '10 20 -9999' '40 50 60.25' >a.asc
tif -a_srs EPSG:4326 a.asc plain.tif
tif a.asc no-crs.tif
tif -a_srs EPSG:32649 a.asc utm.tif
tif -a_srs EPSG:4326 -b 1 -b 1 a.asc two-bands.tif
tif -a_srs EPSG:4326 -a_nodata none -scale 0 1 0 1e9 a.asc absurd.tif
asc 0 36 10 "$(seq -s ' ' 0 35)" "$(seq -s ' ' 100 135)" >b.asc
tif -a_srs EPSG:4326 b.asc round.tif
asc 290 2 5 '1 2' '3 4' >c.asc
tif -a_srs EPSG:4326 c.asc west.tif
gdal_translate -q -of PNG -ot Byte a.asc picture.tif
head -c 300 plain.tif >cut.tif
rm -f ./*.asc ./*.prj ./*.xml
