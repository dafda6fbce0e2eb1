using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Toystore.Core.Membership;

/// <summary>
/// The envelope of packets, of tables and of letters about keys.
/// <code>
///  0        1      2            18                30                  n - 16
///  +--------+------+------------+-----------------+-------------------+--------+
///  | version| form | cluster id | nonce           | body, AES-GCM     | tag    |    forms 1 and 3
///  | u8 = 1 | u8   | 16         | 12              |                   | 16     |
///  +--------+------+------------+-----------------+-------------------+--------+
///  | u8 = 1 | u8   | 16         | body                     | u32 CRC-32C of     |    forms 0 and 2
///  |        |      |            |                          | all before, n - 4  |
///  +--------+------+------------+--------------------------+--------------------+
/// </code>
/// Forms 0 and 2 are open, 1 and 3 sealed with a key of the cluster; 2 and 3 are letters (<see cref="KeyOrder"/>), 0 and 1 all else. The first 18 bytes are associated data, so that nothing can be moved to another cluster or
/// form. The nonce is 96 bits of chance: with 2^32 packets under a key, two are the same with a probability of 2^-33, so change the key before that (1,000 members at rest send as many in 25 days). The checksum keeps damaged
/// packets from being believed; against who means harm it does nothing.
/// <para>
/// What a seal protects: who has no key learns no more than the cluster id, sizes and times, and can change nothing. What it does not: who has a key can say anything in the name of any member; and a packet can be sent again. The
/// second does little: news that is not newer is dropped (incarnations), an ack counts only for the probe that now waits for its number and only from whom it is expected, so a repeated one cannot make a dead member alive; a
/// repeated ping costs one ack, a repeated ping-req one ping and one answer, to the address the copy comes from; an accusation repeated within its incarnation is refuted once, for good.
/// </para>
/// <para>One thread at a time.</para>
/// </summary>
public sealed class PacketSeal
{
    private const byte Version = 1;
    private const byte OpenForm = 0;
    private const byte SealedForm = 1;
    private const byte LetterForms = 2;
    private const int HeadBytes = 18;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int ChecksumBytes = 4;
    private const int OnStackBytesMax = 2048;

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
    public int Overhead => BodyStart + (Keys.Seals ? TagBytes : ChecksumBytes);

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
    internal void SealInPlace(Span<byte> packet) => Close(packet, Keys.Seals ? SealedForm : OpenForm, cipher: 0);

    /// <summary>A letter with this body.</summary>
    /// <param name="body">What it says.</param>
    /// <param name="key">With which of the <see cref="Keys"/> it is sealed; -1 for an open one.</param>
    internal byte[] SealLetter(ReadOnlySpan<byte> body, int key)
    {
        var isSealed = key >= 0;
        var (start, end) = isSealed ? (HeadBytes + NonceBytes, TagBytes) : (HeadBytes, ChecksumBytes);
        var letter = new byte[start + body.Length + end];
        body.CopyTo(letter.AsSpan(start));
        Close(letter, (byte)(LetterForms | (isSealed ? SealedForm : OpenForm)), key);
        return letter;
    }

    /// <summary>Reads a packet.</summary>
    /// <param name="packet">What has arrived: anything.</param>
    /// <param name="room">Room for the body, as long as the packet.</param>
    /// <param name="body">The body, if it was opened; in <paramref name="room"/> or in the packet.</param>
    /// <param name="cluster">The cluster that the packet says it is of; none if it is malformed.</param>
    public SealVerdict Open(ReadOnlySpan<byte> packet, Span<byte> room, out ReadOnlySpan<byte> body, out ClusterId cluster)
    {
        var verdict = Open(packet, room, OpenForm, out body, out cluster, out var key);
        return verdict == SealVerdict.Opened && key < 0 && !Keys.TakesOpen ? SealVerdict.NotSealed : verdict;
    }

    /// <summary>Reads a letter, also an open one that this ring does not trust.</summary>
    /// <param name="letter">What has arrived: anything.</param>
    /// <param name="body">The body, if it was opened.</param>
    /// <param name="key">Which of the <see cref="Keys"/> it is sealed with; -1 for an open one, which anybody may have written.</param>
    internal SealVerdict OpenLetter(ReadOnlySpan<byte> letter, out byte[] body, out int key)
    {
        var verdict = Open(letter, new byte[letter.Length], LetterForms, out var opened, out _, out key);
        body = opened.ToArray();
        return verdict;
    }

    private void Close(Span<byte> packet, byte form, int cipher)
    {
        var head = packet[..HeadBytes];
        head[0] = Version;
        head[1] = form;
        Invariant.Require(Cluster.Value.TryWriteBytes(head[2..], bigEndian: true, out _), "a head has room for a cluster id");
        if ((form & SealedForm) == 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(packet[^ChecksumBytes..], Checksum.Of(packet[..^ChecksumBytes]));
            return;
        }

        var nonce = packet.Slice(HeadBytes, NonceBytes);
        _fillNonce(nonce);
        var body = packet[(HeadBytes + NonceBytes)..^TagBytes];
        _ciphers[cipher].Encrypt(nonce, body, body, packet[^TagBytes..], head);
    }

    private SealVerdict Open(ReadOnlySpan<byte> packet, Span<byte> room, byte forms, out ReadOnlySpan<byte> body, out ClusterId cluster, out int key)
    {
        body = default;
        cluster = default;
        key = -1;
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

        var form = packet[1] ^ forms;
        if (form == OpenForm && packet.Length >= HeadBytes + ChecksumBytes)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(packet[^ChecksumBytes..]) != Checksum.Of(packet[..^ChecksumBytes]))
            {
                return SealVerdict.Malformed;
            }

            body = packet[HeadBytes..^ChecksumBytes];
            return SealVerdict.Opened;
        }

        if (form != SealedForm || packet.Length < HeadBytes + NonceBytes + TagBytes)
        {
            return SealVerdict.Malformed;
        }

        var plain = room[..(packet.Length - HeadBytes - NonceBytes - TagBytes)];
        for (key = 0; key < _ciphers.Length; key++)
        {
            if (Opens(_ciphers[key], packet, plain))
            {
                body = plain;
                return SealVerdict.Opened;
            }
        }

        plain.Clear();
        return SealVerdict.NoKeyOpens;
    }

    // The platform's Decrypt throws where the tag does not fit, and anybody can send what does not fit. In counter mode sealing what is sealed gives what was sealed; sealing that once more gives the tag it should have.
    private static bool Opens(AesGcm cipher, ReadOnlySpan<byte> packet, Span<byte> plain)
    {
        var head = packet[..HeadBytes];
        var nonce = packet.Slice(HeadBytes, NonceBytes);
        var hidden = packet[(HeadBytes + NonceBytes)..^TagBytes];
        byte[]? rented = null;
        var again = hidden.Length <= OnStackBytesMax ? stackalloc byte[OnStackBytesMax] : rented = ArrayPool<byte>.Shared.Rent(hidden.Length);
        Span<byte> tag = stackalloc byte[TagBytes];
        cipher.Encrypt(nonce, hidden, plain, tag, head);
        cipher.Encrypt(nonce, plain, again[..plain.Length], tag, head);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return CryptographicOperations.FixedTimeEquals(tag, packet[^TagBytes..]);
    }
}

/// <summary>What became of a packet that was to be opened.</summary>
public enum SealVerdict
{
    /// <summary>The body can be read.</summary>
    Opened,

    /// <summary>Too short, of a form that there is not, or open and damaged.</summary>
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
