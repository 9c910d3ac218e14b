# The ratios of a bench as bars, on a logarithmic scale with a line at 1: lines "WORK|PEER|RATIO" become an SVG.
BEGIN { FS = "|"; low = 0.5; high = 2 }

{
	row[NR] = $1; peer[NR] = $2; ratio[NR] = $3
	if ($3 < low) low = $3
	if ($3 > high) high = $3
	if (!($2 in colour)) colour[$2] = substr("#4477aa #66ccee #228833 #ccbb44 #ee6677 #aa3377 #bbbbbb ", 1 + 8 * n++ % 56, 7)
}

function x(r) {
	return left + (width - left - 60) * (log(r) - log(low)) / (log(high) - log(low))
}

function text(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

END {
	left = 400; width = 1000; bar = 11; y = 50
	for (i = 1; i <= NR; i++) y += row[i] == row[i - 1] ? bar : bar + 10
	height = y + 20
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n",
	       width, height
	print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
	print "<text x=\"10\" y=\"18\" font-size=\"14\">How many times as long the others take (to the right of 1: mmtools is faster)</text>"
	for (tick = 0.125; tick <= high; tick *= 2)
		if (tick >= low) {
			printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"40\" y2=\"%d\" stroke=\"%s\"/>\n", x(tick), x(tick), height - 20,
			       tick == 1 ? "black" : "#dddddd"
			printf "<text x=\"%.1f\" y=\"36\" text-anchor=\"middle\">%g</text>\n", x(tick), tick
		}
	y = 50
	for (i = 1; i <= NR; i++) {
		if (row[i] != row[i - 1]) {
			y += 10
			printf "<text x=\"10\" y=\"%d\">%s</text>\n", y + 9, text(row[i])
		}
		from = x(1); to = x(ratio[i])
		printf "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", from < to ? from : to, y,
		       from < to ? to - from : from - to, bar - 2, colour[peer[i]]
		printf "<text x=\"%.1f\" y=\"%d\" font-size=\"9\">%s %.2f</text>\n", (from < to ? to : from) + 3, y + 8, text(peer[i]), ratio[i]
		y += bar
	}
	print "</svg>"
}
