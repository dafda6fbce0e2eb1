using System.Security.Cryptography;

namespace Toystore.Core.Membership;

/// <summary>
/// The envelope of packets and of tables.
/// <code>
///  0        1      2            18                30                  n - 16
///  +--------+------+------------+-----------------+-------------------+--------+
///  | version| form | cluster id | nonce, if form 1| body              | tag, if|
///  | u8 = 1 | u8   | 16         | 12              | (form 1: AES-GCM) | form 1 |
///  +--------+------+------------+-----------------+-------------------+--------+
/// </code>
/// Form 0 is open, 1 is sealed with a key of the cluster; the first 18 bytes are its associated data, so that a packet cannot be moved to another cluster or form. The nonce is 96 bits of chance: with 2^32 packets under a key, two
/// are the same with a probability of 2^-33, so change the key before that (1,000 members at rest send as many in 25 days).
/// <para>
/// What it protects: who has no key learns no more than the cluster id, sizes and times, and can change nothing. What it does not: who has a key can say anything in the name of any member; and a packet can be sent again. The
/// second does little: news that is not newer is dropped (incarnations), an ack counts only for the probe that now waits for its number and only from whom it is expected, so a repeated one cannot make a dead member alive; a
/// repeated ping costs one ack, a repeated ping-req one ping and one answer, to the address the copy comes from; an accusation repeated within its incarnation is refuted once, for good.
/// </para>
/// </summary>
public sealed class PacketSeal
{
    private const byte Version = 1;
    private const byte OpenForm = 0;
    private const byte SealedForm = 1;
    private const int HeadBytes = 18;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Action<Span<byte>> _fillNonce;

    // Not disposed of: keys change so seldom that the handles' finalizers do.
    private readonly AesGcm[] _ciphers;

    /// <param name="cluster">The cluster.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="fillNonce">Fills 12 bytes with chance that nobody can guess and that never comes again, also not after a restart: <see cref="RandomNumberGenerator.Fill"/>.</param>
    public PacketSeal(ClusterId cluster, KeyRing keys, Action<Span<byte>> fillNonce)
    {
        (Cluster, Keys, _fillNonce) = (cluster, keys, fillNonce);
        _ciphers = [.. keys.Keys.Select(key => new AesGcm(key.Secret, TagBytes))];
    }

    /// <summary>The cluster.</summary>
    public ClusterId Cluster { get; }

    /// <summary>Its keys.</summary>
    public KeyRing Keys { get; }

    /// <summary>Bytes that it adds to a body.</summary>
    public int Overhead => BodyStart + (Keys.Seals ? TagBytes : 0);

    /// <summary>Where the body stands in the packet.</summary>
    internal int BodyStart => Keys.Seals ? HeadBytes + NonceBytes : HeadBytes;

    /// <summary>A packet with this body.</summary>
    public byte[] Seal(ReadOnlySpan<byte> body)
    {
        var packet = new byte[body.Length + Overhead];
        body.CopyTo(packet.AsSpan(BodyStart));
        SealInPlace(packet);
        return packet;
    }

    /// <summary>Makes a packet of what has its body in the right place and room around it.</summary>
    internal void SealInPlace(Span<byte> packet)
    {
        var head = packet[..HeadBytes];
        head[0] = Version;
        head[1] = Keys.Seals ? SealedForm : OpenForm;
        Invariant.Require(Cluster.Value.TryWriteBytes(head[2..], bigEndian: true, out _), "a head has room for a cluster id");
        if (Keys.Seals)
        {
            var nonce = packet.Slice(HeadBytes, NonceBytes);
            _fillNonce(nonce);
            var body = packet[BodyStart..^TagBytes];
            _ciphers[0].Encrypt(nonce, body, body, packet[^TagBytes..], head);
        }
    }

    /// <summary>Reads a packet.</summary>
    /// <param name="packet">What has arrived: anything.</param>
    /// <param name="room">Room for the body, as long as the packet.</param>
    /// <param name="body">The body, if it was opened; in <paramref name="room"/> or in the packet.</param>
    /// <param name="cluster">The cluster that the packet says it is of; none if it is malformed.</param>
    public SealVerdict Open(ReadOnlySpan<byte> packet, Span<byte> room, out ReadOnlySpan<byte> body, out ClusterId cluster)
    {
        body = default;
        cluster = default;
        if (packet.Length < HeadBytes)
        {
            return SealVerdict.Malformed;
        }

        if (packet[0] != Version)
        {
            return SealVerdict.OtherVersion;
        }

        cluster = new ClusterId(new Guid(packet.Slice(2, 16), bigEndian: true));
        if (cluster != Cluster)
        {
            return SealVerdict.ForeignCluster;
        }

        switch (packet[1])
        {
            case OpenForm:
                body = packet[HeadBytes..];
                return Keys.TakesOpen ? SealVerdict.Opened : SealVerdict.NotSealed;
            case SealedForm when packet.Length >= HeadBytes + NonceBytes + TagBytes:
                return TryKeys(packet, room, out body);
            default:
                return SealVerdict.Malformed;
        }
    }

    private SealVerdict TryKeys(ReadOnlySpan<byte> packet, Span<byte> room, out ReadOnlySpan<byte> body)
    {
        var hidden = packet[(HeadBytes + NonceBytes)..^TagBytes];
        var plain = room[..hidden.Length];
        foreach (var cipher in _ciphers)
        {
            try
            {
                cipher.Decrypt(packet.Slice(HeadBytes, NonceBytes), hidden, packet[^TagBytes..], plain, packet[..HeadBytes]);
                body = plain;
                return SealVerdict.Opened;
            }
            catch (AuthenticationTagMismatchException)
            {
                // Of another key, or of nobody.
            }
        }

        body = default;
        return SealVerdict.NoKeyOpens;
    }
}

/// <summary>What became of a packet that was to be opened.</summary>
public enum SealVerdict
{
    /// <summary>The body can be read.</summary>
    Opened,

    /// <summary>Too short, or of a form that there is not.</summary>
    Malformed,

    /// <summary>Of a release that writes packets in another way.</summary>
    OtherVersion,

    /// <summary>Of another cluster.</summary>
    ForeignCluster,

    /// <summary>Open, and this node takes sealed ones only.</summary>
    NotSealed,

    /// <summary>Sealed with a key that this node does not have, or damaged, or made up.</summary>
    NoKeyOpens,
}
