using System.Runtime.InteropServices;
using Toystore.Core.Placement;

namespace Toystore.Core.Membership;

/// <summary>What kind of thing is to be done.</summary>
public enum SwimEffectKind
{
    /// <summary>Send the packet to <see cref="SwimEffect.To"/> over UDP. It may get lost.</summary>
    SendPacket,

    /// <summary>Ask <see cref="SwimEffect.Node"/> at <see cref="SwimEffect.To"/> over TCP whether it is there; <see cref="Swim.TcpPinged"/> with the number if it is. No answer needs no call.</summary>
    TcpPing,

    /// <summary>Exchange tables with <see cref="SwimEffect.To"/> over TCP: send <see cref="Swim.Table"/>, and <see cref="Swim.MergeTable"/> what comes back. <see cref="SwimEffect.Node"/> is nobody if it is not known who is there.</summary>
    PushPull,

    /// <summary>The same with <see cref="Swim.TableDigest"/> in place of the table: if the other side holds the same, it says no more than that.</summary>
    Compare,
}

/// <summary>Something to be done by who drives <see cref="Swim"/>.</summary>
/// <param name="Kind">What.</param>
/// <param name="To">Where.</param>
/// <param name="Node">Who is expected there; nobody in a reply.</param>
/// <param name="Number">To be given back with the result.</param>
public readonly record struct SwimEffect(SwimEffectKind Kind, Endpoint To, NodeId Node, uint Number)
{
    internal int Start { get; init; }

    internal int Length { get; init; }
}

/// <summary>
/// What a call to <see cref="Swim"/> wants done, in order. Belongs to the driver, which does it all and then clears it. Packets lie in one buffer that is used again and again.
/// </summary>
public sealed class SwimEffects
{
    private readonly List<SwimEffect> _effects = [];
    private readonly List<SwimEvent> _events = [];
    private byte[] _bytes = new byte[16 << 10];
    private int _length;

    /// <summary>What is to be done.</summary>
    public ReadOnlySpan<SwimEffect> All => CollectionsMarshal.AsSpan(_effects);

    /// <summary>What has happened.</summary>
    public IReadOnlyList<SwimEvent> Events => _events;

    /// <summary>The packet to send. Valid until <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Packet(in SwimEffect effect) => _bytes.AsMemory(effect.Start, effect.Length);

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _effects.Clear();
        _events.Clear();
        _length = 0;
    }

    internal Span<byte> Reserve(int bytes)
    {
        if (_bytes.Length - _length < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes));
        }

        return _bytes.AsSpan(_length, bytes);
    }

    internal void Send(Endpoint to, NodeId node, int length)
    {
        _effects.Add(new SwimEffect(SwimEffectKind.SendPacket, to, node, 0) { Start = _length, Length = length });
        _length += length;
    }

    internal void Do(SwimEffectKind kind, Endpoint to, NodeId node, uint number) => _effects.Add(new SwimEffect(kind, to, node, number));

    internal void Happened(SwimEvent what) => _events.Add(what);
}
