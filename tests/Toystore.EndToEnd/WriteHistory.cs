namespace Toystore.EndToEnd;

/// <summary>
/// What was written, by whom it was seen, and what the cluster said of it: enough to tell whether what a key shows is right. Values are all different. A write replaces the values its writer had seen, and those
/// that they had replaced; so does a delete. So an acknowledged value must be shown, unless one that replaces it is, or a delete may have; and nothing may be shown that an acknowledged write has replaced, or that nobody has written.
/// </summary>
internal sealed class WriteHistory
{
    private readonly Lock _lock = new(); // guards the three below
    private readonly Dictionary<string, Dictionary<string, Attempt>> _attempts = new(StringComparer.Ordinal);
    private readonly List<string> _touched = [];
    private int _acknowledged;

    /// <summary>How many writes were acknowledged.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>How many keys had been touched when the last round ended.</summary>
    public int KeysBefore { get; private set; }

    /// <summary>The keys touched since so many were.</summary>
    public IReadOnlyList<string> KeysSince(int count)
    {
        lock (_lock)
        {
            return [.. _touched.Skip(count).Distinct()];
        }
    }

    /// <summary>From now on another round.</summary>
    public void EndRound() => KeysBefore = _touched.Count;

    /// <summary>Says that a write is about to be sent.</summary>
    public void Begin(string key, string value, IEnumerable<string> seen) => Begin(key, value, new Attempt([.. seen], isDelete: false));

    /// <summary>Says that a delete is about to be sent: a write, under a name that no value has, which shows as nothing.</summary>
    public void BeginDelete(string key, string name, IEnumerable<string> seen) => Begin(key, name, new Attempt([.. seen], isDelete: true));

    /// <summary>Says that it was acknowledged.</summary>
    public void Acknowledge(string key, string value)
    {
        lock (_lock)
        {
            _attempts[key][value].IsAcknowledged = true;
            _acknowledged++;
        }
    }

    /// <summary>Says that it was refused, and so must never show.</summary>
    public void Refuse(string key, string value)
    {
        lock (_lock)
        {
            _attempts[key][value].IsRefused = true;
        }
    }

    /// <summary>What is wrong with showing these values; null if nothing is.</summary>
    public string? Explain(string key, IReadOnlySet<string> shown)
    {
        lock (_lock)
        {
            var attempts = _attempts[key];
            if (shown.FirstOrDefault(value => !attempts.TryGetValue(value, out var attempt) || attempt.IsDelete) is { } invented)
            {
                return $"'{invented}' was never written";
            }

            if (shown.FirstOrDefault(value => attempts[value].IsRefused) is { } refused)
            {
                return $"'{refused}' was not done, it was said, and yet is there";
            }

            // Of a delete that was neither acknowledged nor refused nobody knows whether it has happened.
            var deletes = attempts.Where(attempt => attempt.Value is { IsDelete: true, IsRefused: false }).Select(attempt => attempt.Key);
            var covered = new HashSet<string>(shown.Concat(deletes).SelectMany(value => Replaced(attempts, value)));
            if (attempts.FirstOrDefault(attempt => attempt.Value is { IsAcknowledged: true, IsDelete: false } && !shown.Contains(attempt.Key) && !covered.Contains(attempt.Key)).Key is { } lost)
            {
                return $"'{lost}' was acknowledged and is lost; shown: {string.Join(", ", shown)}";
            }

            var gone = new HashSet<string>(attempts.Where(attempt => attempt.Value.IsAcknowledged).SelectMany(attempt => Replaced(attempts, attempt.Key)));
            return shown.FirstOrDefault(gone.Contains) is { } risen ? $"'{risen}' was replaced by an acknowledged write and is back; shown: {string.Join(", ", shown)}" : null;
        }
    }

    private void Begin(string key, string value, Attempt attempt)
    {
        lock (_lock)
        {
            if (!_attempts.TryGetValue(key, out var attempts))
            {
                _attempts[key] = attempts = new Dictionary<string, Attempt>(StringComparer.Ordinal);
            }

            attempts.Add(value, attempt);
            _touched.Add(key);
        }
    }

    /// <summary>What a value replaces, directly or not.</summary>
    private static HashSet<string> Replaced(Dictionary<string, Attempt> attempts, string value)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Stack<string>(attempts[value].Seen);
        while (pending.TryPop(out var older))
        {
            if (found.Add(older))
            {
                foreach (var next in attempts[older].Seen)
                {
                    pending.Push(next);
                }
            }
        }

        return found;
    }

    private sealed class Attempt(IReadOnlyList<string> seen, bool isDelete)
    {
        public IReadOnlyList<string> Seen => seen;

        public bool IsDelete => isDelete;

        public bool IsAcknowledged { get; set; }

        public bool IsRefused { get; set; }
    }
}
