namespace Toystore.Storage;

/// <summary>What else a record says of its container. Unknown bits make a record unreadable to this version.</summary>
[Flags]
public enum RecordFlags : byte
{
    /// <summary>The holder knows all that it ever acknowledged of this key.</summary>
    None = 0,

    /// <summary>The holder does not know all of it: to a read this record is "I do not know", whatever it holds.</summary>
    Incomplete = 1,
}
