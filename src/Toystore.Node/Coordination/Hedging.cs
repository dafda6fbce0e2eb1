namespace Toystore.Node.Coordination;

/// <summary>
/// When a read asks one more owner than it needs because an answer is late ("The Tail at Scale", Dean and Barroso 2013): after the 95th percentile of recent answers, and for at most one read in twenty, so that
/// slowness is not answered with more load.
/// </summary>
/// <remarks>
/// The percentile is followed, not computed: each answer moves the estimate up a little if it took longer and down a nineteenth of that if not, which balances where one in twenty takes longer. The budget is a
/// bucket of tokens: a read adds a twentieth, a hedge takes one.
/// </remarks>
internal sealed class Hedging(TimeProvider time)
{
    private const double Share = 0.05;
    private const double TokensMax = 10;
    private const double MicrosecondsMin = 1000;
    private const double MicrosecondsMax = 500_000;

    // Guards both fields.
    private readonly Lock _lock = new();
    private double _p95Microseconds = 10_000;
    private double _tokens = TokensMax;

    /// <summary>How long to wait before one more is asked.</summary>
    public TimeSpan Delay
    {
        get
        {
            lock (_lock)
            {
                return TimeSpan.FromMicroseconds(Math.Max(MicrosecondsMin, _p95Microseconds));
            }
        }
    }

    /// <summary>An answer to something sent at <paramref name="sent"/> (<see cref="TimeProvider.GetTimestamp"/>) has come.</summary>
    public void Observe(long sent)
    {
        var took = time.GetElapsedTime(sent).TotalMicroseconds;
        lock (_lock)
        {
            var step = Math.Max(10, _p95Microseconds * 0.02);
            _p95Microseconds += took > _p95Microseconds ? step : -step * Share / (1 - Share);
            _p95Microseconds = Math.Clamp(_p95Microseconds, 10, MicrosecondsMax);
        }
    }

    /// <summary>A read begins: its share goes into the budget.</summary>
    public void Earn()
    {
        lock (_lock)
        {
            _tokens = Math.Min(TokensMax, _tokens + Share);
        }
    }

    /// <summary>True if one more owner may be asked now.</summary>
    public bool TrySpend()
    {
        lock (_lock)
        {
            if (_tokens < 1)
            {
                return false;
            }

            _tokens--;
            return true;
        }
    }
}
