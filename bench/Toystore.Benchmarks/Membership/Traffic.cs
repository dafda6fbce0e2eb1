namespace Toystore.Benchmarks.Membership;

/// <summary>What all members together have sent, and which of them are silent: nothing gets out of them or in.</summary>
internal sealed class Traffic
{
    /// <summary>What IPv4 and UDP put before each packet.</summary>
    public const int UdpHeadBytes = 28;

    private readonly bool[] _silent = new bool[1 << 16];
    private long _packets;
    private long _packetBytes;
    private long _streamBytes;

    public Reading Now => new(Volatile.Read(ref _packets), Volatile.Read(ref _packetBytes), Volatile.Read(ref _streamBytes));

    public bool IsSilent(int port) => Volatile.Read(ref _silent[port]);

    public void Silence(int port) => Volatile.Write(ref _silent[port], true);

    public void Packet(int bytes)
    {
        Interlocked.Increment(ref _packets);
        Interlocked.Add(ref _packetBytes, bytes);
    }

    public void Stream(long bytes) => Interlocked.Add(ref _streamBytes, bytes);

    /// <param name="Packets">UDP packets sent.</param>
    /// <param name="PacketBytes">What was in them.</param>
    /// <param name="StreamBytes">Bytes of TCP connections, both directions, counted where the connection was made.</param>
    public readonly record struct Reading(long Packets, long PacketBytes, long StreamBytes)
    {
        public long PacketBytesWithHeads => PacketBytes + (Packets * UdpHeadBytes);

        public static Reading operator -(Reading left, Reading right) =>
            new(left.Packets - right.Packets, left.PacketBytes - right.PacketBytes, left.StreamBytes - right.StreamBytes);
    }
}
