#!/bin/sh
# A batch of readings.csv on standard input becomes the file $1/batch-NUMBER.csv with a row per
# station: station,count,min,mean,max in degrees Celsius. Running a batch twice changes nothing.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: aggregate.sh FOLDER < readings.csv" >&2
    exit 78
fi
: "${LONGHAUL_BATCH:?is not set; run this as a task of longhaul}"
mkdir -p "$1"
result=$1/batch-$LONGHAUL_BATCH.csv
# In the same folder, so that the rename is one step: a batch is there as a whole, or not at all.
unfinished=$result.$$.tmp
trap 'rm -f "$unfinished"' EXIT
trap 'exit 1' HUP INT TERM

# LC_ALL: numbers have a point here, not a comma. The environment, since -v would read escapes.
summary=$(LC_ALL=C RESULT=$unfinished awk -F, '
    { sub(/\r$/, "") }
    $1 == "time" || $0 == "" { next }
    NF != 4 || $3 !~ /^-?[0-9]+(\.[0-9]+)?$/ {
        print "line " NR " of the batch is not a reading: " $0 > "/dev/stderr"
        broken = 1
        exit
    }
    {
        celsius = $3 + 0
        if (!($2 in count)) {
            order[++stations] = $2
            min[$2] = max[$2] = celsius
        }
        if (celsius < min[$2]) min[$2] = celsius
        if (celsius > max[$2]) max[$2] = celsius
        sum[$2] += celsius
        count[$2]++
        readings++
    }
    END {
        # Trying again is in vain: the batch goes to the failures.
        if (broken) exit 65
        result = ENVIRON["RESULT"]
        printf "" > result
        for (i = 1; i <= stations; i++) {
            s = order[i]
            printf "%s,%d,%.1f,%.2f,%.1f\n", s, count[s], min[s], sum[s] / count[s], max[s] > result
        }
        printf "%d readings of %d stations", readings, stations
    }
')
mv "$unfinished" "$result"
echo "batch $LONGHAUL_BATCH: $summary"
