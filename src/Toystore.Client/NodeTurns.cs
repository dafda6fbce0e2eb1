namespace Toystore.Client;

/// <summary>Whose turn it is: each call begins at the next node, but not at one that took no connection a moment ago, unless all are like that.</summary>
internal sealed class NodeTurns(IReadOnlyList<Uri> nodes, TimeSpan avoidFor, TimeProvider time)
{
    private readonly long[] _avoidUntil = new long[nodes.Count];
    private readonly long _epoch = time.GetTimestamp();
    private uint _turn = uint.MaxValue;

    /// <summary>Every node once, in the order to try them.</summary>
    public int[] Next()
    {
        var first = Interlocked.Increment(ref _turn);
        var order = new int[nodes.Count];
        int front = 0, back = nodes.Count;
        var now = Now();
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = (int)((first + (uint)i) % (uint)nodes.Count);
            if (Volatile.Read(ref _avoidUntil[node]) <= now)
            {
                order[front++] = node;
            }
            else
            {
                order[--back] = node;
            }
        }

        return order;
    }

    /// <summary>Says that a node took no connection, or asks its clients to go elsewhere.</summary>
    public void Avoid(int node) => Volatile.Write(ref _avoidUntil[node], Now() + avoidFor.Ticks);

    /// <summary>Says that a node answered.</summary>
    public void Answered(int node)
    {
        if (Volatile.Read(ref _avoidUntil[node]) != 0)
        {
            Volatile.Write(ref _avoidUntil[node], 0);
        }
    }

    private long Now() => time.GetElapsedTime(_epoch).Ticks + 1;
}
