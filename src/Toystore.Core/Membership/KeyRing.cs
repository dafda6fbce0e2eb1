using System.Collections.Immutable;

namespace Toystore.Core.Membership;

/// <summary>
/// The keys of a cluster: the first one seals what is sent, every one opens what comes. A key is changed without a gap in three rounds over all members: add the new one everywhere, use it everywhere, remove the old one everywhere.
/// A cluster without keys gets its first one in the same way: added, it opens what comes and seals nothing yet; used, it seals, and open packets are still taken; when all members use it they are no longer.
/// </summary>
public sealed record KeyRing
{
    /// <summary>How many keys there can be: each one is tried on a packet that none before opened.</summary>
    public const int KeysMax = 4;

    private const byte Version = 1;
    private const byte SealsFlag = 1;
    private const byte AcceptsFlag = 2;

    /// <summary>No keys: everything is sent and taken as it is.</summary>
    public static KeyRing Empty { get; } = new();

    /// <summary>The keys, the one in use first.</summary>
    public ImmutableArray<ClusterKey> Keys { get; private init; } = [];

    /// <summary>True (the default) if what is sent is sealed, given a key.</summary>
    public bool SealsOutgoing { get; init; } = true;

    /// <summary>True if packets are taken that are not sealed although there is a key. False by default. For the time in which not all members have one.</summary>
    public bool AcceptsOpen { get; init; }

    /// <summary>How often the keys were changed at run time: 0 for those of the configuration. A member that was away takes those of one that has a higher number.</summary>
    public ulong Revision { get; init; }

    /// <summary>True if what is sent is sealed.</summary>
    public bool Seals => SealsOutgoing && !Keys.IsEmpty;

    /// <summary>True if packets are taken that are not sealed.</summary>
    public bool TakesOpen => AcceptsOpen || Keys.IsEmpty;

    /// <summary>With one more key, which opens and does not seal, unless it is the first. The same ring if it is there already. False if there are <see cref="KeysMax"/>.</summary>
    public bool Add(ClusterKey key, out KeyRing ring)
    {
        ring = Keys.Contains(key) || Keys.Length == KeysMax ? this : this with { Keys = Keys.Add(key) };
        return ring.Keys.Contains(key);
    }

    /// <summary>With this key in use. False if it is not there: add it everywhere first.</summary>
    public bool Use(ClusterKey key, out KeyRing ring)
    {
        ring = Keys.Contains(key) ? this with { Keys = Keys.Remove(key).Insert(0, key) } : this;
        return Keys.Contains(key);
    }

    /// <summary>Without this key. False if it is not there, or is the one in use: use another one everywhere first.</summary>
    public bool Remove(ClusterKey key, out KeyRing ring)
    {
        var canGo = Keys.IndexOf(key) is var place && (place > 0 || (place == 0 && !SealsOutgoing));
        ring = !canGo ? this : Keys.Length > 1 ? this with { Keys = Keys.Remove(key) } : Empty with { Revision = Revision };
        return canGo;
    }

    /// <summary>The key with this <see cref="ClusterKey.Fingerprint"/>; null if there is none.</summary>
    public ClusterKey? Find(string fingerprint) => Keys.FirstOrDefault(key => string.Equals(key.Fingerprint, fingerprint, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Takes one step of a change on a running member. A step that has been taken is no error and changes nothing.
    /// </summary>
    /// <param name="step">Which.</param>
    /// <param name="key">The key to add; null with every other step.</param>
    /// <param name="fingerprint">The key to use or remove.</param>
    /// <param name="ring">The ring afterwards.</param>
    /// <returns>Why it cannot be taken, in words that come after "n1: "; null if it was.</returns>
    public string? Step(KeyStep step, ClusterKey? key, string fingerprint, out KeyRing ring)
    {
        ring = this;
        var known = Find(fingerprint);
        switch (step)
        {
            case KeyStep.Add when key is null:
                return "no key came with it.";
            case KeyStep.Add:
                var before = Keys.IsEmpty ? this with { SealsOutgoing = false, AcceptsOpen = true } : this;
                return before.Add(key, out ring) ? null : $"it has {KeysMax} keys, and that is the limit: remove one first.";
            case KeyStep.Use when known is null:
                return $"it does not have the key {fingerprint}: add it everywhere first.";
            case KeyStep.Use:
                _ = Use(known, out ring);
                ring = ring with { SealsOutgoing = true };
                return null;
            case KeyStep.Close when !Seals:
                return "it does not seal what it sends: use the key everywhere first.";
            case KeyStep.Close:
                ring = this with { AcceptsOpen = false };
                return null;
            case KeyStep.Remove:
                return known is null || Remove(known, out ring) ? null : $"the key {fingerprint} is in use there: use another one everywhere first.";
            default:
                return "it does not know that step: it runs an older release.";
        }
    }

    /// <summary>Everything, the secrets among it, for the disk or a sealed letter.</summary>
    public byte[] Save()
    {
        var bytes = new byte[11 + Keys.Sum(key => 1 + key.Secret.Length)];
        var writer = new WireWriter(bytes);
        writer.U8(Version);
        writer.U64(Revision);
        writer.U8((byte)((SealsOutgoing ? SealsFlag : 0) | (AcceptsOpen ? AcceptsFlag : 0)));
        writer.U8((byte)Keys.Length);
        foreach (var key in Keys)
        {
            writer.U8((byte)key.Secret.Length);
            writer.Bytes(key.Secret);
        }

        return bytes;
    }

    /// <summary>What <see cref="Save"/> made; null for anything else.</summary>
    public static KeyRing? Restore(ReadOnlySpan<byte> saved)
    {
        var reader = new WireReader(saved);
        var isKnown = reader.U8() == Version;
        var revision = reader.U64();
        var flags = reader.U8();
        var count = reader.U8();
        var ring = Empty with { Revision = revision, SealsOutgoing = (flags & SealsFlag) != 0, AcceptsOpen = (flags & AcceptsFlag) != 0 };
        for (var i = 0; i < count && isKnown; i++)
        {
            isKnown = ClusterKey.TryCreate(reader.Bytes(reader.U8()), out var key) && ring.Add(key!, out ring);
        }

        return isKnown && !reader.HasFailed && reader.IsAtEnd ? ring : null;
    }

    /// <summary>True if the keys and the switches are the same.</summary>
    public bool Equals(KeyRing? other) => other is not null && Keys.SequenceEqual(other.Keys) && SealsOutgoing == other.SealsOutgoing && AcceptsOpen == other.AcceptsOpen;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Keys.Length, Keys.IsEmpty ? 0 : Keys[0].GetHashCode(), SealsOutgoing, AcceptsOpen);

    /// <summary>The fingerprints, so that no secret gets into a log.</summary>
    public override string ToString() => Keys.IsEmpty ? "no key" : string.Join(", ", Keys);
}

/// <summary>What one member asks of another about its keys. The numbers are the wire's.</summary>
public enum KeyStep : byte
{
    /// <summary>Which keys do you have? Fingerprints only.</summary>
    Tell = 1,

    /// <summary>Take one more key.</summary>
    Add = 2,

    /// <summary>Seal with this key from now on.</summary>
    Use = 3,

    /// <summary>Take no open packets any longer. Comes of itself, after all use the first key.</summary>
    Close = 4,

    /// <summary>Forget a key that is not in use.</summary>
    Remove = 5,

    /// <summary>Give me your keys, if your <see cref="KeyRing.Revision"/> is higher. Only in a sealed letter.</summary>
    Give = 6,
}
