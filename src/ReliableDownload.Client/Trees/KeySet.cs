namespace ReliableDownload.Client.Trees;

/// <summary>A set of numbers that are spread evenly, in little memory: a million take 16 MiB. Not safe for threads.</summary>
internal sealed class KeySet
{
    private ulong[] _slots = [];
    private int _count;

    /// <summary>Adds a number; false where it is in already.</summary>
    public bool Add(ulong key)
    {
        // Zero is an empty slot.
        key = Math.Max(1, key);
        if (_count >= _slots.Length / 2)
            Grow();
        if (!Put(_slots, key))
            return false;
        _count++;
        return true;
    }

    private static bool Put(ulong[] slots, ulong key)
    {
        var slot = (int)(key & (ulong)(slots.Length - 1));
        for (; slots[slot] != 0; slot = (slot + 1) & (slots.Length - 1))
        {
            if (slots[slot] == key)
                return false;
        }

        slots[slot] = key;
        return true;
    }

    private void Grow()
    {
        var slots = new ulong[Math.Max(16, 2 * _slots.Length)];
        foreach (var key in _slots)
        {
            if (key != 0)
                Put(slots, key);
        }

        _slots = slots;
    }
}
