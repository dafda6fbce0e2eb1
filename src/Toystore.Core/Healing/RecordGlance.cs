using Toystore.Core.Versions;

namespace Toystore.Core.Healing;

/// <summary>
/// What a scan wants to know of a record, read from the bytes of its container without making one: the hash of its versions, and from which floor on something of it may be swept.
/// </summary>
public ref struct RecordGlance : IContainerVisitor
{
    private const int EntriesMax = 64;

    private readonly KeyHash _key;
    private ulong _hash;
    private ulong _unnamed; // a bit for each entry of the context of which no version has been seen yet
    private int _entries;
    private int _versions;
    private bool _endsOrLost;

    private RecordGlance(KeyHash key) => _key = key;

    /// <summary>The hash of its versions, as <see cref="VersionsHash.Of"/>.</summary>
    public readonly VersionsHash Versions => VersionsHash.End(_hash, _versions);

    /// <summary>The highest reading that its context lists or covers.</summary>
    public HybridTime Listed { get; private set; }

    /// <summary>When something of it may be swept.</summary>
    public readonly GlanceSweep Sweep => _entries > EntriesMax ? GlanceSweep.Unclear
        : _versions == 0 || _unnamed != 0 ? GlanceSweep.WhenListed
        : _versions == 1 && !_endsOrLost ? GlanceSweep.Never
        : GlanceSweep.Unclear;

    /// <summary>Reads a container, all of <paramref name="bytes"/>. False for what <see cref="ContainerCodec.TryRead"/> would refuse.</summary>
    public static bool TryRead(KeyHash key, ReadOnlySpan<byte> bytes, out RecordGlance glance)
    {
        glance = new RecordGlance(key);
        return ContainerCodec.TryWalk(bytes, ref glance);
    }

    void IContainerVisitor.Begin(HybridTime floor, int entries, int versions)
    {
        Listed = floor;
        (_entries, _versions) = (entries, versions);
        _unnamed = entries == EntriesMax ? ulong.MaxValue : (1UL << entries) - 1;
        _hash = VersionsHash.Begin(_key);
    }

    void IContainerVisitor.See(int entry, Dot seen) => Listed = seen.Time > Listed ? seen.Time : Listed;

    void IContainerVisitor.Live(in WalkedVersion version)
    {
        _hash = VersionsHash.Next(_hash, version.Dot);
        _unnamed &= version.Entry < _entries ? ~(1UL << version.Entry) : ulong.MaxValue;
        _endsOrLost |= version.Kind == ValueKind.Tombstone || version.ExpiresAt is not null;
    }
}

/// <summary>When something of a record may be swept, as far as a glance tells.</summary>
public enum GlanceSweep
{
    /// <summary>Never, as it is now.</summary>
    Never = 0,

    /// <summary>Once the floor has reached the highest reading that it lists.</summary>
    WhenListed = 1,

    /// <summary>Its container has to be looked at.</summary>
    Unclear = 2,
}
