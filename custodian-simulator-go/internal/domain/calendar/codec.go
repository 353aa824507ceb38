package calendar

// A plan and the injected holidays as bytes: the same ones give the same bytes.

import (
	"math"
	"time"

	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// Encode appends the plan.
func (p *Plan) Encode(w *snapshot.Writer) {
	w.Count(len(p.Calendars))
	for n := range p.Calendars {
		p.Calendars[n].encode(w)
	}
	w.Count(len(p.Rails))
	for n := range p.Rails {
		p.Rails[n].encode(w)
	}
	w.Count(len(p.Assets))
	for _, names := range p.Assets {
		encodeNames(w, names)
	}
}

// DecodePlan reads a plan. Whether its parts fit each other is for NewTimetable to say.
func DecodePlan(r *snapshot.Reader) (p Plan) {
	for n := r.Count(); n > 0 && !r.Failed(); n-- {
		p.Calendars = append(p.Calendars, decodeDefinition(r))
	}
	for n := r.Count(); n > 0 && !r.Failed(); n-- {
		p.Rails = append(p.Rails, decodeRail(r))
	}
	for n := r.Count(); n > 0 && !r.Failed(); n-- {
		p.Assets = append(p.Assets, decodeNames(r))
	}
	return p
}

func (d *Definition) encode(w *snapshot.Writer) {
	w.Text(d.Name)
	w.Text(d.Region)
	w.Text(d.Zone)
	w.Count(len(d.Weekend))
	for _, day := range d.Weekend {
		w.Int(int64(day))
	}
	encodeDates(w, d.Holidays)
	encodeDates(w, d.Open)
	w.Count(len(d.EarlyCloses))
	for _, one := range d.EarlyCloses {
		w.Int(int64(one.Date), int64(one.At))
	}
}

func decodeDefinition(r *snapshot.Reader) Definition {
	d := Definition{Name: r.Text(), Region: r.Text(), Zone: r.Text()}
	for n := r.Count(); n > 0 && !r.Failed(); n-- {
		d.Weekend = append(d.Weekend, time.Weekday(r.Within(int64(time.Sunday), int64(time.Saturday))))
	}
	d.Holidays, d.Open = decodeDates(r), decodeDates(r)
	for n := r.Count(); n > 0 && !r.Failed(); n-- {
		d.EarlyCloses = append(d.EarlyCloses, EarlyClose{Date: decodeDate(r), At: decodeClock(r)})
	}
	return d
}

func (r *Rail) encode(w *snapshot.Writer) {
	w.Text(r.Name)
	encodeNames(w, r.Calendars)
	w.Text(r.Zone)
	w.Int(int64(r.CutOff), int64(r.Delay))
}

func decodeRail(r *snapshot.Reader) Rail {
	return Rail{
		Name: r.Text(), Calendars: decodeNames(r), Zone: r.Text(), CutOff: decodeClock(r), Delay: time.Duration(r.Within(0, int64(MaxDelay))),
	}
}

// Encode appends the injected holidays.
func (h *Holidays) Encode(w *snapshot.Writer) { encodeDates(w, h.Dates()) }

// DecodeHolidays reads injected holidays. Days out of order are an error of the reader.
func DecodeHolidays(r *snapshot.Reader) *Holidays {
	h := &Holidays{}
	before := int64(math.MinInt64)
	for _, date := range decodeDates(r) {
		r.Want(int64(date) > before, "injected holiday %s comes after a later one, or twice", date)
		before = int64(date)
		_ = h.Add(date) // a decoded day is one that calendars know
	}
	return h
}

func encodeDates(w *snapshot.Writer, dates []Date) {
	w.Count(len(dates))
	for _, date := range dates {
		w.Int(int64(date))
	}
}

func decodeDates(r *snapshot.Reader) (dates []Date) {
	for n := r.Count(); n > 0 && !r.Failed(); n-- {
		dates = append(dates, decodeDate(r))
	}
	return dates
}

func decodeDate(r *snapshot.Reader) Date { return Date(r.Within(int64(FirstDate), int64(LastDate))) }

func decodeClock(r *snapshot.Reader) Clock { return Clock(r.Within(0, int64(EndOfDay))) }

func encodeNames(w *snapshot.Writer, names []string) {
	w.Count(len(names))
	for _, name := range names {
		w.Text(name)
	}
}

func decodeNames(r *snapshot.Reader) (names []string) {
	for n := r.Count(); n > 0 && !r.Failed(); n-- {
		names = append(names, r.Text())
	}
	return names
}
