package realism

// Order statistics without sorting everything.

// settle puts the number of rank k in its place, none larger before it and none
// smaller after it (Hoare 1961).
func settle(x []float64, k int) {
	for low, high := 0, len(x)-1; low < high; {
		i, j := partition(x, low, high)
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return
		}
	}
}

// partition exchanges numbers until those of low .. j are at most those of i ..
// high, with what lies between equal to both.
func partition(x []float64, low, high int) (i, j int) {
	a, b, c := x[low], x[(low+high)/2], x[high]
	pivot := max(min(a, b), min(max(a, b), c))
	i, j = low, high
	for i <= j {
		for x[i] < pivot {
			i++
		}
		for x[j] > pivot {
			j--
		}
		if i <= j {
			x[i], x[j] = x[j], x[i]
			i++
			j--
		}
	}
	return i, j
}
