#!/bin/sh
# A persistent command in the shell, without any other program but sed: adds numbers up.
#
#     longhaul submit --persistent --range 1..1000 -- sh persistent.sh
#
# It takes the line apart by hand, which does for items without quotes, backslashes and spaces; for others use a
# program that reads JSON, such as jq.

# A line that is cut off by the end of the input is no batch: read fails on it.
while IFS= read -r line; do
    items=$(printf '%s\n' "$line" | sed 's/.*"items":\["//; s/"\]}$//; s/","/ /g')
    sum=0
    for item in $items; do
        case $item in
        *[!0-9-]*) sum=no; break ;;
        *) sum=$((sum + item)) ;;
        esac
    done
    if [ "$sum" = no ]; then
        printf '{"error":"not a number","then":"skip"}\n'
    else
        printf '{"ok":true,"message":"the sum of the last batch is %s"}\n' "$sum"
    fi
done
