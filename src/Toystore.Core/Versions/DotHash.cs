namespace Toystore.Core.Versions;

/// <summary>
/// 64 well-mixed bits of a dot, to be XORed with those of others. The finalizer of MurmurHash3 (Appleby), chained over the three words: fixed for ever, since digests cross the wire.
/// </summary>
internal static class DotHash
{
    public static ulong Of(Dot dot) => Mix(Mix(Mix(dot.Actor.Node.Value + 0x9e3779b97f4a7c15) ^ dot.Actor.Generation) ^ dot.Time.Value);

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
        x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
        return x ^ (x >> 33);
    }
}
