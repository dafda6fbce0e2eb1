using System.Net;
using System.Net.Sockets;

namespace Toystore.EndToEnd.Processes;

/// <summary>Ports of 127.0.0.1 that nobody uses, below those that the system gives to outgoing connections, and never the same twice in a run.</summary>
internal static class FreePorts
{
    private const int First = 12_000;
    private const int Last = 31_000;

    private static int _next = Random.Shared.Next(First, Last);

    /// <summary>So many ports, one after the other.</summary>
    public static int[] Take(int count) => Enumerable.Range(TakeFirst(Enumerable.Range(0, count)), count).ToArray();

    /// <summary>A port from which all of these distances lead to a free one.</summary>
    public static int TakeFirst(IEnumerable<int> distances)
    {
        var wanted = distances.ToArray();
        for (var tries = 0; tries < Last - First; tries++)
        {
            var first = _next;
            _next += wanted.Max() + 1;
            _next = _next > Last ? First : _next;
            if (wanted.All(distance => IsFree(first + distance)))
            {
                return first;
            }
        }

        throw new InvalidOperationException($"No {wanted.Length} ports are free between {First} and {Last}.");
    }

    /// <summary>True if nobody listens on this port.</summary>
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
