# SPDX-License-Identifier: GPL-2.0-only
# The pictures of docs/performance.md. Needs the variables data and out.

set terminal svg size 720,420 font "sans,12" background "#ffffff"
set grid lc rgb "#dddddd"
set logscale xy
set key center left

set output out."/ring-latency.svg"
set title "Round trip by size of the message"
set xlabel "bytes"
set ylabel "ns there and back"
set xrange [6:20000]
set xtics (8, 56, 256, 1024, 4096, 16384)
plot data."/trip-frames" using 1:2:3:4 with yerrorlines title "frames, polled" lw 2 pt 7 ps 0.5, \
     data."/trip-pipe" using 1:2:3:4 with yerrorlines title "two pipes" lw 2 pt 7 ps 0.5, \
     data."/trip-socket" using 1:2:3:4 with yerrorlines title "Unix socket" lw 2 pt 7 ps 0.5

set output out."/ring-batch.svg"
unset logscale y
set title "Throughput by frames a publish, 64 bytes"
set xlabel "frames a publish"
set ylabel "million messages a second"
set xrange [1:256]
set yrange [0:*]
set xtics (1, 2, 4, 8, 16, 32, 64, 128, 256)
unset key
plot data."/batch-frames" using 1:(1000 / $2):(1000 / $4):(1000 / $3) with yerrorlines lw 2 pt 7 ps 0.5
