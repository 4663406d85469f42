#!/bin/sh
case $(cat '@DIR@/state') in
0) echo 'DISK OK - free space: /var 3326 MB (56%)'; exit 0 ;;
1) echo 'DISK WARNING - free space: /var 500 MB (9%)'; exit 1 ;;
*) echo 'DISK CRITICAL - free space: /var 12 MB (1%)'; exit 2 ;;
esac
