package realism

// The scores are defined for two lengths of bar. A scale has the constants of
// one; all are counted in bars unless named otherwise.

import (
	"fmt"
	"time"
)

const hoursPerDay = 24

type scale struct {
	interval         time.Duration
	minimumDays      int    // below this there is no verdict
	minimumText      string // the same for people
	clusteringLags   []int  // where the autocorrelation of |r| is compared
	horizons         []int  // over which returns are summed for their standard deviations
	window           int    // of realised volatility and of the classifier
	trendWindows     []int
	factLags         []int // of |r| among the confidence checks
	factHorizons     []int // likewise of the standard deviation
	leverageDistance int   // furthest |r| that is set against an earlier r
}

var scales = []scale{
	{
		interval: time.Minute, minimumDays: 14, minimumText: "14 days of 1-minute bars",
		clusteringLags: []int{1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 240},
		horizons:       []int{1, 5, 15, 60, 240}, window: 60, trendWindows: []int{60, 240, 1440},
		factLags: []int{1, 20, 60}, factHorizons: []int{15, 60}, leverageDistance: 5,
	},
	{
		interval: time.Hour, minimumDays: 365, minimumText: "one year of hourly bars",
		clusteringLags: []int{1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 120},
		horizons:       []int{1, 4, 12, 24, 72}, window: 24, trendWindows: []int{24, 72, 168},
		factLags: []int{1, 12, 36}, factHorizons: []int{12, 24}, leverageDistance: 5,
	},
}

func scaleOf(interval time.Duration) (scale, error) {
	for _, s := range scales {
		if s.interval == interval {
			return s, nil
		}
	}
	return scale{}, fmt.Errorf("realism is defined for bars of 1m and 1h, not of %v", interval)
}

func (s scale) barsPerDay() int  { return int(hoursPerDay * time.Hour / s.interval) }
func (s scale) barsPerHour() int { return s.barsPerDay() / hoursPerDay }
