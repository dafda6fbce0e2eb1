namespace Toystore.Node.Replication;

/// <summary>Settles between a write and who waits for it whether it still happens: a slow disk may answer just when the client is told that nothing was done.</summary>
internal sealed class WritePermit
{
    private const int Open = 0;
    private const int Begun = 1;
    private const int Withdrawn = 2;
    private int _state = Open;

    /// <summary>True if the write may happen; from then on it is not withdrawn any more.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Open) == Open;

    /// <summary>True if the write will not happen.</summary>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Open) == Open;
}
