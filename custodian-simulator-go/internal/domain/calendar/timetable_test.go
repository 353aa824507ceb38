package calendar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func plan() Plan {
	return Plan{
		Calendars: definitions(),
		Rails: []Rail{
			{Name: "book", Calendars: []string{"crypto"}, CutOff: EndOfDay, Zone: "UTC"},
			{Name: "wire", Calendars: []string{"us-bank"}, CutOff: 17 * 60, Zone: "America/New_York", Delay: time.Minute},
		},
		Assets: [][]string{{"us-bank"}, nil, {"target"}, nil},
	}
}

func TestAScheduleIsJointOverTheRailAndBothAssets(t *testing.T) {
	timetable, err := NewTimetable(plan(), nil)
	require.NoError(t, err)
	book, known := timetable.Rail("book")
	require.True(t, known)
	for _, c := range []struct {
		one, other int32
		want       string
	}{
		{0, 0, "calendars crypto, us-bank"}, {1, 3, "calendars crypto"}, {1, 0, "calendars crypto, us-bank"}, {0, 2, "calendars crypto, us-bank, target"},
	} {
		assert.Equal(t, c.want, timetable.Schedule(book, c.one, c.other).Days.String())
	}
	assert.Same(t, timetable.Schedule(book, 1, 1), timetable.Schedule(book, 3, 1))
	_, known = timetable.Rail("mars")
	assert.False(t, known)
}

func TestABadPlanIsRefusedByFieldAndValue(t *testing.T) {
	for _, c := range []struct {
		change func(*Plan)
		want   string
	}{
		{func(p *Plan) { p.Rails[1].Name = "" }, `rails[1] (): name is ""`},
		{func(p *Plan) { p.Rails[1].Name = "book" }, `rails[1] (book): name is "book": want one that is not there before`},
		{func(p *Plan) { p.Rails[1].Calendars = nil }, `rails[1] (wire): calendars has none`},
		{func(p *Plan) { p.Rails[1].Calendars = []string{"mars"} }, `rails[1] (wire): calendars has "mars": want one of crypto, gb, target, us-bank, us-federal`},
		{func(p *Plan) { p.Assets[1] = []string{"mars"} }, `asset_calendars: calendars has "mars"`},
		{func(p *Plan) { p.Rails[1].CutOff = -1 }, `cut_off is -1 minutes after midnight`},
		{func(p *Plan) { p.Rails[1].Zone = "Mars" }, `zone is "Mars"`},
		{func(p *Plan) { p.Rails[1].Delay = 25 * time.Hour }, `cycle_delay is 25h0m0s: want 0s to 24h0m0s`},
		{func(p *Plan) { p.Calendars[0].Name = "" }, `calendars[0] (): name is ""`},
	} {
		changed := plan()
		c.change(&changed)
		_, err := NewTimetable(changed, nil)
		assert.ErrorContains(t, err, c.want)
	}
}
