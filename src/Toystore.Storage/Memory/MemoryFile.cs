using System.Buffers.Binary;
using System.IO.Hashing;
using Toystore.Core;
using Toystore.Core.Placement;

namespace Toystore.Storage.Memory;

/// <summary>
/// A checkpoint of a store in memory: one file <c>MEMORY</c>.
/// <code>8 bytes "TOYMEM1\n", then per record: u32 length of the rest | u64 XXH3-64 of the rest | u8 area | u16 slot | u16 key length | u64 target, of hints | key | value; then u32 0xFFFFFFFF and u64 the number of records</code>
/// Numbers are little-endian.
/// </summary>
internal static class MemoryFile
{
    private const string FileName = "MEMORY";
    private const uint End = uint.MaxValue;
    private const int FrameLength = 12;
    private const int HeaderLength = 5;
    private const int TargetLength = 8;

    private static ReadOnlySpan<byte> Magic => "TOYMEM1\n"u8;

    /// <summary>Writes records into a directory that must not exist.</summary>
    /// <exception cref="StoreException">It exists, or cannot be written; nothing is left of it.</exception>
    public static void Write(string directory, IEnumerable<MemoryRecord> records)
    {
        if (Path.Exists(directory))
        {
            throw new StoreException($"{directory} exists already: a checkpoint makes its own directory.");
        }

        var partial = Path.TrimEndingDirectorySeparator(directory) + ".partial";
        try
        {
            Directory.CreateDirectory(partial);
            using (var file = new FileStream(Path.Combine(partial, FileName), FileMode.Create, FileAccess.Write))
            {
                Write(file, records);
                file.Flush(flushToDisk: true);
            }

            Directory.Move(partial, directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove(partial);
            throw new StoreException($"The checkpoint {directory} could not be made: {e.Message}", e);
        }
    }

    /// <summary>Reads the records of a directory.</summary>
    /// <exception cref="StoreException">It is damaged, or no such directory.</exception>
    public static IEnumerable<MemoryRecord> Read(string directory)
    {
        FileStream file;
        try
        {
            file = File.OpenRead(Path.Combine(directory, FileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{directory} is not a checkpoint of a store in memory: {e.Message}", e);
        }

        using (file)
        {
            var magic = new byte[Magic.Length];
            ReadExactly(file, magic);
            Require(magic.AsSpan().SequenceEqual(Magic), directory);
            var frame = new byte[FrameLength];
            for (var count = 0UL; ; count++)
            {
                ReadExactly(file, frame);
                var (length, check) = (BinaryPrimitives.ReadUInt32LittleEndian(frame), BinaryPrimitives.ReadUInt64LittleEndian(frame.AsSpan(4)));
                if (length == End)
                {
                    Require(check == count, directory);
                    yield break;
                }

                Require(length > HeaderLength && length <= file.Length - file.Position, directory);
                var body = new byte[length];
                ReadExactly(file, body);
                Require(XxHash3.HashToUInt64(body) == check, directory);
                yield return Parse(body, directory);
            }
        }

        void ReadExactly(FileStream from, Span<byte> to) => Require(from.ReadAtLeast(to, to.Length, throwOnEndOfStream: false) == to.Length, directory);
    }

    private static void Write(FileStream file, IEnumerable<MemoryRecord> records)
    {
        file.Write(Magic);
        var count = 0UL;
        foreach (var record in records)
        {
            var isHint = record.StoreKey.Area == StoreArea.Hints;
            var start = HeaderLength + (isHint ? TargetLength : 0);
            var body = new byte[start + record.Key.Length + record.Bytes.Length];
            body[0] = (byte)record.StoreKey.Area;
            BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(1), record.StoreKey.Slot.Index);
            BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(3), (ushort)record.Key.Length);
            if (isHint)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(HeaderLength), record.Target.Value);
            }

            record.Key.Span.CopyTo(body.AsSpan(start));
            record.Bytes.Span.CopyTo(body.AsSpan(start + record.Key.Length));
            WriteFrame(file, (uint)body.Length, XxHash3.HashToUInt64(body));
            file.Write(body);
            count++;
        }

        WriteFrame(file, End, count);
    }

    private static void WriteFrame(FileStream file, uint length, ulong check)
    {
        Span<byte> frame = stackalloc byte[FrameLength];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, length);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[4..], check);
        file.Write(frame);
    }

    private static MemoryRecord Parse(byte[] body, string directory)
    {
        var slot = BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(1));
        var length = BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(3));
        var isHint = (StoreArea)body[0] == StoreArea.Hints;
        var start = HeaderLength + (isHint ? TargetLength : 0);
        Require(slot < Slot.Count && length is > 0 and <= Key.BytesMax && start + length <= body.Length, directory);
        var target = isHint ? new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(body.AsSpan(HeaderLength))) : default;
        var key = new StoreKey((StoreArea)body[0], new Slot(slot), Key.From(body.AsMemory(start, length))) { Target = target };
        return MemoryRecord.Of(key, body.AsMemory(start + length));
    }

    private static void Require(bool condition, string directory)
    {
        if (!condition)
        {
            throw new StoreException($"The checkpoint {directory} is damaged.");
        }
    }

    private static void Remove(string partial)
    {
        try
        {
            Directory.Delete(partial, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk that refused the copy may refuse this too.
        }
    }
}
