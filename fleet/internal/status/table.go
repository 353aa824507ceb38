package status

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Table renders rows for people.
func Table(rows []Row) string {
	var text strings.Builder
	writer := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(writer, "NAME\tINSTANCE\tGRPC\tHTTP\tSINCE (UTC)\tHEALTH")
	for _, row := range rows {
		fmt.Fprintf(writer, "%s\t%s\t%s\t%s\t%s\t%s\n",
			row.Name, orDash(row.InstanceID), orDash(row.GRPCAddr), orDash(row.HTTPAddr), since(row.Since), verdict(row))
	}
	_ = writer.Flush() // into memory
	return text.String()
}

func verdict(row Row) string {
	state := "healthy"
	switch {
	case !row.Healthy && !row.Registered && row.GRPCAddr == "" && row.HTTPAddr == "":
		return row.Detail
	case !row.Healthy:
		state = "NOT HEALTHY"
	}
	if row.Detail == "" {
		return state
	}
	return state + ", " + strings.Join(strings.Fields(row.Detail), " ")
}

func since(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.UTC().Format(time.DateTime)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
