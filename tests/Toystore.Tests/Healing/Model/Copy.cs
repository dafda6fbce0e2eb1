namespace Toystore.Tests.Healing.Model;

/// <summary>
/// A container of one key. The writes of a key are numbered in the order they were minted, and a set of them is a word of bits. <paramref name="Seen"/> stands for the version vector: it is closed downwards for each
/// actor (<see cref="Ledger.Closure"/>), which is all that a vector can say of the writes there are.
/// </summary>
internal readonly record struct Copy(ulong Live, ulong Seen, long Floor)
{
    public bool IsNothing => Live == 0 && Seen == 0;
}
