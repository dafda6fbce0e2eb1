using System.Collections.Immutable;

namespace Toystore.Core.Membership;

/// <summary>
/// The keys of a cluster: the first one seals what is sent, every one opens what comes. A key is changed without a gap in three rounds over all members: add the new one everywhere, use it everywhere, remove the old one everywhere.
/// A cluster without keys gets its first one as well: <see cref="Add"/> with <see cref="SealsOutgoing"/> off and <see cref="AcceptsOpen"/> on, then seal, then no longer accept what is open.
/// </summary>
public sealed record KeyRing
{
    /// <summary>How many keys there can be: each one is tried on a packet that none before opened.</summary>
    public const int KeysMax = 4;

    /// <summary>No keys: everything is sent and taken as it is.</summary>
    public static KeyRing Empty { get; } = new();

    /// <summary>The keys, the one in use first.</summary>
    public ImmutableArray<ClusterKey> Keys { get; private init; } = [];

    /// <summary>True (the default) if what is sent is sealed, given a key.</summary>
    public bool SealsOutgoing { get; init; } = true;

    /// <summary>True if packets are taken that are not sealed although there is a key. False by default. For the time in which not all members have one.</summary>
    public bool AcceptsOpen { get; init; }

    internal bool Seals => SealsOutgoing && !Keys.IsEmpty;

    internal bool TakesOpen => AcceptsOpen || Keys.IsEmpty;

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
        var canGo = Keys.IndexOf(key) > 0;
        ring = canGo ? this with { Keys = Keys.Remove(key) } : this;
        return canGo;
    }

    /// <summary>True if the keys and the switches are the same.</summary>
    public bool Equals(KeyRing? other) => other is not null && Keys.SequenceEqual(other.Keys) && SealsOutgoing == other.SealsOutgoing && AcceptsOpen == other.AcceptsOpen;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Keys.Length, Keys.IsEmpty ? 0 : Keys[0].GetHashCode(), SealsOutgoing, AcceptsOpen);
}
